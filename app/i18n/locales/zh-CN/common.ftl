# 各处共用的词。
product = Gantry
common-cancel = 取消
common-close = 关闭
common-save = 保存
common-confirm = 确定
common-delete = 删除
common-create = 新建
common-copy = 复制
common-copied = 已复制
common-download = 下载
common-retry = 重试
common-back = 返回
common-search = 搜索
common-none = 无
common-unknown = 未知
common-yes = 是
common-no = 否

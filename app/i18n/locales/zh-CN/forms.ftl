# 表单：标签、提示、说明、校验信息；YAML 视图。

forms-submit-create = 创建
forms-submit-update = 完成
forms-no-such-form = 没有对应的表单。
forms-refused = { $count ->
   *[other] { $count } 处需要修改
}

# 新建Workload
forms-workload-basic = 基本信息
forms-workload-name = 工作负载名
forms-workload-name-placeholder = 请输入Workload名称
forms-workload-name-hint = 最长{ $max }个字符，只能包含小写字母、数字及分隔符("-")，且必须以小写字母开头，数字或小写字母结尾
forms-workload-name-doc = 在命名空间内同类型下唯一。它是默认标签的值，也是实例（Pod）名称的开头。
forms-workload-name-locked = 对象名称不可更改
forms-workload-description = 描述
forms-workload-description-placeholder = 请输入描述信息，不超过1000个字符
forms-workload-description-doc = 保存为工作负载的 Annotation "description"。修改描述不会重启实例。
forms-workload-labels = 标签
forms-workload-labels-add = 新增变量
forms-workload-labels-hint = 同时写入工作负载、选择器（Selector）和实例
forms-workload-labels-update-hint = 工作负载自身的标签；选择器和实例的标签保持不变
forms-workload-labels-doc = 用于查找和归类对象的键和值。"k8s-app" 的值为工作负载名，并以相同的值写入 "qcloud-app"。
forms-workload-labels-locked = 默认标签不可更改
forms-workload-namespace = 命名空间
forms-workload-namespace-doc = 工作负载所在的命名空间，受其配额和默认限制约束。
forms-workload-namespace-locked = 对象不能移动到其他命名空间
forms-workload-type = 类型
forms-workload-type-doc = 工作负载的类型。切换类型时，保留两种类型共有的内容。
forms-workload-type-locked = 对象类型不可更改
forms-workload-type-not-offered = 此表单暂不提供
forms-workload-type-deployments = Deployment
forms-workload-type-deployments-hint = 可扩展的部署Pod
forms-workload-type-daemonsets = DaemonSet
forms-workload-type-daemonsets-hint = 在每个主机上运行Pod
forms-workload-type-statefulsets = StatefulSet
forms-workload-type-statefulsets-hint = 有状态集的运行Pod
forms-workload-type-cronjobs = CronJob
forms-workload-type-cronjobs-hint = 按照Cron的计划定时运行
forms-workload-type-jobs = Job
forms-workload-type-jobs-hint = 单次任务

forms-workload-containers = 实例内容器
forms-workload-containers-hint = 至少一个
forms-workload-containers-doc = 同一实例（Pod）内的容器运行在同一节点上，共用网络，一起启动。
forms-workload-container-add = 添加容器
forms-workload-container-name = 名称
forms-workload-container-name-doc = 在实例内唯一。最长63个字符，只能包含小写字母、数字及分隔符("-")。
forms-workload-image = 镜像
forms-workload-image-doc = 拉取镜像的地址，不含版本（Tag）。摘要（name@sha256:…）可固定镜像内容。
forms-workload-tag = 镜像版本（Tag）
forms-workload-tag-doc = 镜像的版本。不填默认为 latest；镜像带摘要时除外。
forms-workload-pull = 镜像拉取策略
forms-workload-pull-doc = 节点何时向镜像仓库请求镜像。
forms-workload-pull-unset = 默认
forms-workload-pull-unset-hint = latest 总是拉取，其余仅在本地没有时拉取
forms-workload-pull-always-hint = 总是拉取
forms-workload-pull-ifnotpresent-hint = 本地没有时拉取
forms-workload-pull-never-hint = 只使用本地镜像
forms-workload-cpu = CPU限制
forms-workload-cpu-request = CPU Request
forms-workload-cpu-request-doc = 预分配的核数：实例只会调度到剩余足够的节点。0.25 与 250m 相同。
forms-workload-cpu-limit = CPU Limit
forms-workload-cpu-limit-doc = 容器最多可使用的核数，超过会被限速。不填表示不限制。
forms-workload-memory = 内存限制
forms-workload-memory-request = 内存 Request
forms-workload-memory-request-doc = 预分配的内存：实例只会调度到剩余足够的节点。只写数字时单位为 MiB，也可以写 1.5Gi。
forms-workload-memory-limit = 内存 Limit
forms-workload-memory-limit-doc = 容器最多可使用的内存，超过会被终止（OOMKilled）。只填 Request 时，Limit 写成与 Request 相同。
forms-workload-unlimited = 不限制
forms-workload-env = 环境变量
forms-workload-env-add = 新增变量
forms-workload-env-hint = 来自 ConfigMap、Secret 或字段的变量会保留，但不在此显示
forms-workload-env-doc = 进程环境中的名称和值。值可以为空，也可以有多行；$(NAME) 引用前面的变量。
forms-workload-ports = 容器端口
forms-workload-ports-doc = 容器监听的端口。用于说明和命名；未列出的端口同样可以访问。
forms-workload-port = 端口
forms-workload-protocol = 协议
forms-workload-port-name = 名称
forms-workload-port-add = 添加端口
forms-workload-dir = 工作目录
forms-workload-dir-doc = 进程的当前目录，不存在时会创建。不填则使用镜像的工作目录，镜像也没有时为 "/"。
forms-workload-command = 运行命令
forms-workload-command-hint = 注意每个命令单独一行
forms-workload-command-doc = 覆盖镜像的 ENTRYPOINT。每行原样作为一项：不经过 shell，不去除引号。
forms-workload-args = 运行参数
forms-workload-args-hint = 每个参数单独一行；含空格的一行是一个参数
forms-workload-args-doc = 覆盖镜像的 CMD。每行原样作为一个参数：不经过 shell，不去除引号。
forms-workload-replicas = 实例数量
forms-workload-replicas-unit = 个
forms-workload-replicas-doc = 运行的实例（Pod）数。0 表示停止全部实例并保留工作负载。

# 更新实例数量
forms-scale-hint = 0～10,000；集群的 CPU 和内存须足以运行新增的实例

# 账号
forms-account-name = 用户名
forms-account-name-hint = 1～64个字符，可包含字母、数字和 "-"、"_"、"."、"@"，以字母或数字开头
forms-account-role = 权限
forms-account-role-none = 无权限
forms-account-role-none-hint = 可以登录，看不到任何集群
forms-account-role-read-only = 只读
forms-account-role-read-only-hint = 可查看除 Secret 数据以外的全部内容，不能更改
forms-account-role-full = 全部权限
forms-account-role-full-hint = 可在所有集群中执行全部操作
forms-password-current = 当前密码
forms-password-new = 新密码
forms-password-again = 确认新密码
forms-password-hint = 至少8个字符且包含三类字符（小写字母、大写字母、数字、其他），或至少16个字符

# 集群
forms-cluster-name = 集群名称
forms-cluster-name-hint = 不超过60个字符
forms-cluster-description = 集群描述
forms-cluster-color = 颜色
forms-cluster-badge = 标识
forms-cluster-badge-hint = 显示在集群名称旁，不超过16个字符
forms-cluster-production = 生产集群
forms-cluster-production-hint = 标识显示为红色，每次变更都要先审阅再应用
forms-cluster-protected = 删除保护
forms-cluster-protected-hint = 开启后不能从控制台移除该集群
forms-color-red = 红色
forms-color-amber = 琥珀色
forms-color-green = 绿色
forms-color-teal = 青色
forms-color-blue = 蓝色
forms-color-violet = 紫色
forms-color-grey = 灰色

# 导入集群
forms-import-section-source = 来源
forms-import-source = 导入方式
forms-import-kubeconfig = kubeconfig
forms-import-kubeconfig-hint = 粘贴或从文件读取，可一次导入多个 context
forms-import-in-cluster = 控制台的服务账号
forms-import-in-cluster-hint = 控制台自身所在的集群
forms-import-text = kubeconfig
forms-import-text-hint = 证书和令牌须包含在内容中（kubectl config view --flatten --minify --raw），不能超过 1 MiB
forms-import-section-contexts = 集群
forms-import-contexts = kubeconfig 中的 context
forms-import-contexts-hint = 请选择要导入的集群
forms-import-chosen = 导入
forms-import-server = 地址
forms-import-refused = 无法导入
forms-import-refused-hint = 请修正 kubeconfig 后重新读取
forms-cluster-context = Context

# 删除
forms-delete-keep = 保留 Pod
forms-delete-keep-hint = 只删除对象本身；由它创建的内容保留并继续运行
forms-delete-force = 强制删除
forms-delete-force-hint = 立即移除，不等待节点：进程可能仍在节点上运行

# 校验信息
forms-error-above = request限制不能超过limit限制：{ $value } 大于 { $limit }
forms-error-duplicate = "{ $value }" 不能重复
forms-error-format-absolute-path = 格式不正确，应为以 "/" 开头的绝对路径
forms-error-format-account-name = 格式不正确，可包含字母、数字和 "-"、"_"、"."、"@"，最长64个字符，以字母或数字开头
forms-error-format-color = 颜色格式不正确，例如 #1f6feb
forms-error-format-dns-label = 格式不正确，只能包含小写字母、数字及分隔符("-")，最长63个字符
forms-error-format-dns-subdomain = 格式不正确，只能包含小写字母、数字、"-" 和 "."
forms-error-format-env-name = 格式不正确，只能是除 "=" 以外的可打印 ASCII 字符
forms-error-format-http-url = 格式不正确，应为 http:// 或 https:// 开头的地址
forms-error-format-image = 镜像格式不正确，例如 registry.example.com:5000/team/app
forms-error-format-image-tag = 镜像版本格式不正确，可包含字母、数字、"_"、"." 和 "-"，最长128个字符
forms-error-format-label-key = 格式不正确，可包含字母、数字和 "-"、"_"、"."，最长63个字符，可带前缀，如 example.com/
forms-error-format-label-value = Value格式不正确，可包含字母、数字和 "-"、"_"、"."，最长63个字符
forms-error-format-password = 密码强度不足：至少8个字符且包含三类字符，或至少16个字符，且不能只重复少数字符
forms-error-format-port = 端口范围必须在1~65535之间
forms-error-format-port-name = 端口名称格式不正确，只能包含小写字母、数字和单个 "-"，至少一个字母，最长15个字符
forms-error-format-workload-name = 格式不正确，只能包含小写字母、数字及分隔符("-")，以小写字母开头，以数字或小写字母结尾
forms-error-image-has-tag = 镜像中已包含版本，请只保留一处
forms-error-negative = 不能为负数
forms-error-not-a-choice = "{ $value }" 不在可选范围内
forms-error-not-a-number = 格式不正确，只能为整数
forms-error-not-a-quantity = 数据格式不正确，例如 0.5、500m、256 或 1.5Gi
forms-error-not-same = 两次输入不一致
forms-error-out-of-range = 范围必须在{ $min }~{ $max }之间
forms-error-required = 不能为空
forms-error-too-few = 至少需要 { $min } 项
forms-error-too-large = 内容过大，不能超过 { $max } KiB
forms-error-too-long = 不能超过{ $max }个字符
forms-error-too-short = 不能少于{ $min }个字符
forms-error-too-small = 最小为 { $min }
forms-error-wrong-type = 无法识别

forms-error-name-required = Workload名称不能为空
forms-error-name-too-long = Workload名称不能超过{ $max }个字符
forms-error-name-format-workload-name = Workload名称格式不正确
forms-error-description-too-long = Workload描述不能超过{ $max }个字符
forms-error-namespace-required = 命名空间不能为空
forms-error-labels-key-required = Key不能为空
forms-error-labels-key-format-label-key = Key格式不正确
forms-error-labels-key-duplicate = Key名称不能重复：{ $value }
forms-error-containers-too-few = 不可删除，至少创建一个容器
forms-error-containers-name-required = 容器名称不能为空
forms-error-containers-name-duplicate = 容器名称不能重复：{ $value }
forms-error-containers-name-too-long = 容器名称不能超过{ $max }个字符
forms-error-containers-name-format-dns-label = 容器名称格式不正确
forms-error-containers-image-required = 镜像不能为空
forms-error-env-key-required = 环境变量名称不能为空
forms-error-env-key-format-env-name = 环境变量名称格式不对
forms-error-env-key-duplicate = 环境变量名称不可重复：{ $value }
forms-error-working-dir-format-absolute-path = 工作目录格式不正确
forms-error-cpu-request-too-small = CPU限制最小为{ $min }
forms-error-cpu-limit-too-small = CPU限制最小为{ $min }
forms-error-memory-request-too-small = request限制要大于等于{ $min }
forms-error-memory-limit-too-small = limit限制要大于等于{ $min }
forms-error-ports-port-required = 端口不能为空
forms-error-replicas-required = 实例数量不能为空
forms-error-password-required = 密码不能为空

# YAML 视图
forms-yaml-too-large = 内容过大，不能超过 { $max } MiB
forms-yaml-tab = YAML 只能用空格缩进，此处是制表符
forms-yaml-syntax = YAML 格式错误：{ $detail }
forms-yaml-empty = 内容中没有对象
forms-yaml-cycle = 别名引用了自身或其外层内容
forms-yaml-bomb = 内容过多，或经别名展开后过大
forms-yaml-depth = 嵌套过深，不能超过 { $max } 层
forms-yaml-tag = 标签 { $tag } 不适用于此处
forms-yaml-key = 键必须是文本
forms-yaml-duplicate = 键 "{ $key }" 重复，第一次出现在第 { $line } 行
forms-yaml-merge = "<<" 只能引入映射
forms-yaml-not-a-map = 应为一个由键和值组成的对象
forms-yaml-documents = 从此处开始是第二个对象，本页只接受一个
forms-yaml-not-finite = "{ $text }" 不是 Kubernetes 支持的数字
forms-yaml-differs = kubectl 把 { $text } 读作 { $value }，其他 YAML 工具可能不同。文本请加引号，否则请写 { $value }
forms-yaml-unknown = 未知字段 "{ $path }"
forms-yaml-unknown-meant = 未知字段 "{ $path }"，是否应为 "{ $meant }"
forms-yaml-twice = 字段 "{ $path }" 重复
forms-yaml-fixed = { $path } 不能在此更改，应为 "{ $value }"
forms-yaml-kind = { $path }：本页创建 { $value }

# Words that every area uses.
product = Gantry
common-cancel = Cancel
common-close = Close
common-save = Save
common-confirm = Confirm
common-delete = Delete
common-create = Create
common-copy = Copy
common-copied = Copied
common-download = Download
common-retry = Try again
common-back = Back
common-search = Search
common-none = None
common-unknown = Unknown
common-yes = Yes
common-no = No

# Forms: labels, hints, documentation, refusals; the YAML view.

forms-submit-create = Create
forms-submit-update = Done
forms-no-such-form = There is no form for this.
forms-refused = { $count ->
    [one] One field needs correction
   *[other] { $count } fields need correction
}

# New Workload
forms-workload-basic = Basic information
forms-workload-name = Name
forms-workload-name-placeholder = Name of the workload
forms-workload-name-hint = At most { $max } characters: lower-case letters, digits and "-"; starts with a letter, ends with a letter or digit
forms-workload-name-doc = Unique for its kind in the namespace. It is the value of the default labels and the beginning of the Pods' names.
forms-workload-name-locked = The name of an object cannot be changed
forms-workload-description = Description
forms-workload-description-placeholder = At most 1,000 characters
forms-workload-description-doc = Kept as the annotation "description" of the workload. Changing it restarts nothing.
forms-workload-labels = Labels
forms-workload-labels-add = Add label
forms-workload-labels-hint = Written to the workload, its selector and its Pods
forms-workload-labels-update-hint = Labels of the workload; the selector and the Pods' labels stay as they are
forms-workload-labels-doc = Keys and values by which objects are found and grouped. "k8s-app" is the name; "qcloud-app" is written along with the same value.
forms-workload-labels-locked = Default label, fixed
forms-workload-namespace = Namespace
forms-workload-namespace-doc = Where the workload lives. Quotas and default limits of the namespace apply.
forms-workload-namespace-locked = An object cannot move to another namespace
forms-workload-type = Type
forms-workload-type-doc = The kind of the workload. What both kinds know is kept when the type changes.
forms-workload-type-locked = The kind of an object cannot be changed
forms-workload-type-not-offered = Not offered by this form
forms-workload-type-deployments = Deployment
forms-workload-type-deployments-hint = scalable Pods
forms-workload-type-daemonsets = DaemonSet
forms-workload-type-daemonsets-hint = a Pod on every node
forms-workload-type-statefulsets = StatefulSet
forms-workload-type-statefulsets-hint = Pods with an identity
forms-workload-type-cronjobs = CronJob
forms-workload-type-cronjobs-hint = runs on a cron schedule
forms-workload-type-jobs = Job
forms-workload-type-jobs-hint = runs once

forms-workload-containers = Containers
forms-workload-containers-hint = At least one
forms-workload-containers-doc = The containers of one Pod run on the same node, share its network and start together.
forms-workload-container-add = Add container
forms-workload-container-name = Name
forms-workload-container-name-doc = Unique in the Pod. At most 63 characters: lower-case letters, digits and "-".
forms-workload-image = Image
forms-workload-image-doc = Where the image is pulled from, without its tag. A digest (name@sha256:…) fixes the content for good.
forms-workload-tag = Image tag
forms-workload-tag-doc = The version of the image. Empty is "latest", unless the image has a digest.
forms-workload-pull = Pull policy
forms-workload-pull-doc = When the node asks the registry for the image.
forms-workload-pull-unset = Default
forms-workload-pull-unset-hint = Always for "latest", else IfNotPresent
forms-workload-pull-always-hint = asks at every start
forms-workload-pull-ifnotpresent-hint = asks when the node lacks it
forms-workload-pull-never-hint = never asks
forms-workload-cpu = CPU
forms-workload-cpu-request = CPU request
forms-workload-cpu-request-doc = Cores that are reserved: the Pod goes only to a node with that much left. 0.25 and 250m are the same.
forms-workload-cpu-limit = CPU limit
forms-workload-cpu-limit-doc = The most that the container may use; beyond it, it is slowed down. Empty is no limit.
forms-workload-memory = Memory
forms-workload-memory-request = Memory request
forms-workload-memory-request-doc = Memory that is reserved: the Pod goes only to a node with that much left. A bare number is MiB; 1.5Gi may be written too.
forms-workload-memory-limit = Memory limit
forms-workload-memory-limit-doc = The most that the container may use; beyond it, it is ended (OOMKilled). With a request alone, the limit is written equal to it.
forms-workload-unlimited = no limit
forms-workload-env = Environment variables
forms-workload-env-add = Add variable
forms-workload-env-hint = Variables that come from a ConfigMap, a Secret or a field are kept and not shown here
forms-workload-env-doc = Names and values that the process finds in its environment. A value may be empty or have several lines; $(NAME) names an earlier one.
forms-workload-ports = Container ports
forms-workload-ports-doc = The ports on which the container listens. They document and give names; a port that is not listed can be reached too.
forms-workload-port = Port
forms-workload-protocol = Protocol
forms-workload-port-name = Name
forms-workload-port-add = Add port
forms-workload-dir = Working directory
forms-workload-dir-doc = The current directory of the process; made when it is missing. Empty is the image's own, else "/".
forms-workload-command = Run command
forms-workload-command-hint = One item per line
forms-workload-command-doc = Replaces the image's ENTRYPOINT. Each line is one item as it stands: no shell, no quotes removed.
forms-workload-args = Run parameters
forms-workload-args-hint = One parameter per line; a line with spaces is one parameter
forms-workload-args-doc = Replaces the image's CMD. Each line is one argument as it stands: no shell, no quotes removed.
forms-workload-replicas = Replicas
forms-workload-replicas-unit = Pods
forms-workload-replicas-doc = How many Pods run. 0 stops all of them and keeps the workload.

# Scale dialog
forms-scale-hint = 0 to 65,535; the cluster must have CPU and memory for the new Pods

# Accounts
forms-account-name = User name
forms-account-name-hint = 1 to 64 characters: letters, digits and "-", "_", ".", "@"
forms-account-role = Rights
forms-account-role-none = None
forms-account-role-none-hint = may sign in and sees no cluster
forms-account-role-read-only = Read only
forms-account-role-read-only-hint = sees everything but the data of Secrets, changes nothing
forms-account-role-full = Full access
forms-account-role-full-hint = may do everything in all clusters
forms-password-current = Current password
forms-password-new = New password
forms-password-again = New password, again
forms-password-hint = At least 10 characters of three kinds (lower case, upper case, digits, others), or at least 16 characters

# Clusters
forms-cluster-name = Cluster name
forms-cluster-name-hint = At most 60 characters
forms-cluster-description = Description
forms-cluster-color = Colour
forms-cluster-badge = Badge
forms-cluster-badge-hint = A word beside the cluster's name, at most 16 characters
forms-cluster-production = Production
forms-cluster-production-hint = The badge is red, and every change is reviewed before it is applied
forms-cluster-protected = Deletion protection
forms-cluster-protected-hint = The cluster cannot be removed from the console while this is on
forms-color-red = Red
forms-color-amber = Amber
forms-color-green = Green
forms-color-teal = Teal
forms-color-blue = Blue
forms-color-violet = Violet
forms-color-grey = Grey

forms-cluster-context = Context

# Refusals
forms-error-above = The request must not exceed the limit: { $value } is more than { $limit }
forms-error-duplicate = "{ $value }" is used twice
forms-error-format-absolute-path = An absolute path is expected, beginning with "/"
forms-error-format-account-name = Letters, digits and "-", "_", ".", "@", at most 64, the first a letter or digit; no full-width or look-alike letters
forms-error-format-color = A colour like #1f6feb is expected
forms-error-format-dns-label = Lower-case letters, digits and "-" inside, at most 63
forms-error-format-dns-subdomain = Lower-case letters, digits, "-" and "." inside
forms-error-format-env-name = Printable ASCII characters except "="
forms-error-format-http-url = An address with http:// or https:// is expected
forms-error-format-image = Not an image reference, such as registry.example.com:5000/team/app
forms-error-format-image-tag = Letters, digits, "_", "." and "-", at most 128; starts with a letter, digit or "_"
forms-error-format-label-key = Letters, digits and "-", "_", "." inside, at most 63, with an optional prefix such as example.com/
forms-error-format-label-value = Letters, digits and "-", "_", "." inside, at most 63
forms-error-format-password = At least 10 characters of three kinds (lower case, upper case, digits, others), or at least 16
forms-error-format-port = A port is a whole number from 1 to 65535
forms-error-format-port-name = Lower-case letters, digits and single "-" inside, with a letter, at most 15
forms-error-format-workload-name = Lower-case letters, digits and "-"; starts with a letter, ends with a letter or digit
forms-error-image-has-tag = The image has a tag already; leave one of the two away
forms-error-negative = Must not be negative
forms-error-not-a-choice = "{ $value }" is not offered
forms-error-not-a-number = A whole number is expected
forms-error-not-a-quantity = Not a quantity, such as 0.5, 500m, 256 or 1.5Gi
forms-error-not-same = The two do not agree
forms-error-out-of-range = Must be between { $min } and { $max }
forms-error-required = Must be filled in
forms-error-too-few = At least { $min } needed
forms-error-too-large = Too large: at most { $max } KiB
forms-error-too-long = At most { $max } characters
forms-error-too-short = At least { $min } characters
forms-error-too-small = At least { $min }
forms-error-wrong-type = Cannot be read

forms-error-name-required = Name is required
forms-error-name-too-long = Name: at most { $max } characters
forms-error-name-format-workload-name = Name has a wrong format: lower-case letters, digits and "-", beginning with a letter
forms-error-description-too-long = Description: at most { $max } characters
forms-error-namespace-required = Choose a namespace
forms-error-labels-key-required = Key is required
forms-error-labels-key-format-label-key = Key has a wrong format: letters, digits and "-", "_", "." inside, at most 63, with an optional prefix such as example.com/
forms-error-labels-key-duplicate = Key "{ $value }" is used twice
forms-error-containers-too-few = At least one container is needed
forms-error-containers-name-required = Container name is required
forms-error-containers-name-duplicate = Container name "{ $value }" is used twice
forms-error-containers-name-too-long = Container name: at most { $max } characters
forms-error-containers-name-format-dns-label = Container name has a wrong format: lower-case letters, digits and "-" inside
forms-error-containers-image-required = Image is required
forms-error-env-key-required = Name of the variable is required
forms-error-env-key-format-env-name = Name of the variable has a wrong format: printable ASCII characters except "="
forms-error-env-key-duplicate = Variable "{ $value }" is used twice
forms-error-working-dir-format-absolute-path = The working directory must be an absolute path, beginning with "/"
forms-error-cpu-request-too-small = CPU request: at least { $min } cores
forms-error-cpu-limit-too-small = CPU limit: at least { $min } cores
forms-error-memory-request-too-small = Memory request: at least { $min }
forms-error-memory-limit-too-small = Memory limit: at least { $min }
forms-error-ports-port-required = Port is required
forms-error-replicas-required = Number of Pods is required
forms-error-password-required = Password is required

# YAML view
forms-yaml-too-large = The text is too large: at most { $max } MiB
forms-yaml-tab = YAML is indented with spaces; here stands a tab
forms-yaml-syntax = Not valid YAML: { $detail }
forms-yaml-empty = There is no object in the text
forms-yaml-cycle = The alias names itself or something around it
forms-yaml-bomb = The text grows too large through its aliases or has too many parts
forms-yaml-depth = Nested too deeply: at most { $max } levels
forms-yaml-tag = The tag { $tag } does not fit here
forms-yaml-key = A key must be a text
forms-yaml-duplicate = Key "{ $key }" stands twice; the first is in line { $line }
forms-yaml-merge = "<<" takes in maps only
forms-yaml-not-a-map = An object is expected: keys and values
forms-yaml-documents = Here begins a second object; this page takes exactly one
forms-yaml-not-finite = "{ $text }" is a number that Kubernetes does not have
forms-yaml-differs = kubectl reads { $text } as { $value }; other YAML readers may not. Put quotes around a text, or write { $value }
forms-yaml-unknown = Unknown field "{ $path }"
forms-yaml-unknown-meant = Unknown field "{ $path }"; "{ $meant }" may be meant
forms-yaml-twice = Field "{ $path }" stands twice
forms-yaml-fixed = { $path } cannot be changed here; it is "{ $value }"
forms-yaml-rewritten = The form changed the object: this text was written anew, without the comments of the one before
forms-yaml-type-number = { $path } takes a number
forms-yaml-type-text = { $path } takes a text; put quotes around it
forms-yaml-type-bool = { $path } takes true or false
forms-yaml-type-list = { $path } takes a list
forms-yaml-type-map = { $path } takes keys and values
forms-yaml-missing = { $path } is missing; it is needed here
forms-yaml-kind = { $path }: this page makes { $value }

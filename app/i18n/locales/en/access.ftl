# Signing in, sessions, accounts.
access-refused-right = Your account may not do this ({ $action }). Ask the main account for the right.
access-not-found = This does not exist, or you may not see it.
access-sign-in-first = Sign in to go on.
access-must-change-password = Change your password first.
access-name-rule = 1 to 64 letters, digits and . _ - @, without blanks; the first is a letter or digit. No full-width forms, and no letters of other scripts that look like Latin ones.
access-name-taken = There is an account with this name already.
access-no-such-account = There is no such account.
access-conflict = Somebody else was faster. Load the page again.
access-main-protected = This cannot be done to the main account.
access-bad-text = The text contains a character that cannot be stored.
access-check-fields = Some fields need your attention.
access-password-weak = At least 10 characters with three of: lower case, upper case, digits, other characters. Or at least 16 characters of any kind.
access-password-long = At most 1024 bytes.
access-password-has-name = The password must not contain the account's name.
access-password-common = This password is among the first that are tried. Take another one.
access-password-differs = The two passwords are not the same.
access-password-same = The new password is the old one.
access-current-wrong = This is not your current password.
access-wrong-password = The name or the password is wrong.
access-account-disabled = This account is disabled. Ask the main account.
access-wait-seconds = { $number ->
    [one] Too many attempts. Try again in { $number } second.
   *[other] Too many attempts. Try again in { $number } seconds.
}
access-wait-minutes = { $number ->
    [one] Too many attempts. Try again in { $number } minute.
   *[other] Too many attempts. Try again in { $number } minutes.
}
access-setup-dead = This set-up link is unknown, used or too old. Start the server again to get a new one.
access-setup-done = The console is set up already. Sign in.
access-setup-first = Nobody has set up the console yet. Open the set-up link that the server prints at its start.
access-store-read-only = The database cannot be written at the moment. Nothing was changed.
access-store-full = The disk of the database is full. Nothing was changed.
access-store-away = The database does not answer. Try again in a moment.
access-internal = Something went wrong in the console.
access-bad-request = The request cannot be read.
access-too-large = The request is too large.
access-cross-origin = The request came from another site and was refused.
access-no-such-page = There is no such page.
access-wrong-method = This address does not take such a request.
access-ended-signed-out = You have signed out.
access-ended-by-account = This session was ended in the list of sessions.
access-ended-password = The password was changed.
access-ended-disabled = The account was disabled.
access-ended-deleted = The account was deleted.
access-ended-expired = The session is over.
access-ended-rights = Your rights have changed.
access-ended-stopping = The server is restarting.
access-plain-login = Sign in
access-plain-setup = Set up
access-plain-password = Change password
access-plain-account = New sub-account
access-plain-name = Name
access-plain-user-password = Password
access-plain-current = Current password
access-plain-new = New password
access-plain-repeat = Repeat the password
access-plain-language = Language
access-plain-role = Role

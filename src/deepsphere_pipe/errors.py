"""The exceptions for mistakes that a user can mend."""


class UserError(Exception):
    """Bad input or an impossible request, told in one sentence: what, where, what to do.

    The command line prints the sentence without a traceback and exits with status 2.
    """


class Unreachable(UserError):
    """What an address should give does not come, perhaps for now only."""

"""People who work here: who they are, for which unit, in which role, over which places."""

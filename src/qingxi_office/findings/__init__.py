"""What is wrong, and how we know (发现): proposed by rule, decided by a named officer."""

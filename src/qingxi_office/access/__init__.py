"""How people get in and for whom they act: second factor, sessions, the county's own sign-in, tokens, 代办 and 授权."""

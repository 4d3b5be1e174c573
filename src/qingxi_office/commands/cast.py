"""The demo county's people: invented names, a printed password, valid in a demo home only."""

USERNAME = "chenjing"
PASSWORD = "qingxi-demo"

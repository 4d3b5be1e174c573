"""The printed sign-in of the demo county; refused everywhere else."""

USERNAME = "chenjing"
PASSWORD = "qingxi-demo"

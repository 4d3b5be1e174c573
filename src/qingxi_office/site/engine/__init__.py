"""Django's database engines as the office uses them."""

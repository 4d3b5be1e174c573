"""Rounds made with a phone (巡查): taking them in exactly once, their photographs, signs on them, the day and the week."""

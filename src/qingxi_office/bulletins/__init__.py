"""Bulletins (通报): drafted here, issued by the county's document system, recorded when they come back."""

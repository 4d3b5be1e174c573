"""The county's tree of places, its units and who is in charge of what (地域、单位、责任)."""

"""The register of villages, natural villages and households (村庄台账)."""

"""Four eyes 双人: a deed of weight needs a second officer, or, where a small office has none, the deputy head's signature."""

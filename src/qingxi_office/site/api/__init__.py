"""The API: what a person sees on the pages, as JSON for their programs. Reading only."""

"""What the county has published 公开: the only book that public pages read."""

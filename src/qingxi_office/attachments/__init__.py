"""Attachments 附件: files on any record, each kept once, each by the right of its record."""

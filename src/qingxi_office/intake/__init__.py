"""What people hand in 来件: reports by QR code; the problem ledger takes them up from here."""

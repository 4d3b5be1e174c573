"""The ledger of appraisals (考核): sheets by scheme, objections, final marks, and what is paid by them."""

"""The programme: which lot is built when, dug once, beside other departments' works (年度计划)."""

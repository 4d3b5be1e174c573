"""What was observed: devices, bills, laboratory sheets, visits, days (监测与佐证)."""

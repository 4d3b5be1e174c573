"""Working together: the six 同步 of each village, steps that units took part in, samples of the receiving water."""

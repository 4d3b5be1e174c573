"""Spot checks 抽查: random samples that give a rate, targeted checks that give problems, 双随机 that is published."""

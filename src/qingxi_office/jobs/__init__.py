"""Long work 任务: what runs, how far it is, and what was wrong with what it took in."""

"""Projects from lot to hand-over, by gates (项目)."""

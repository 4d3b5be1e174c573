"""Groups, meetings, what was decided and who does it by when (领导小组、会议和任务)."""

"""The methods of Slack's Web API: the door, the table of methods, and a file for each family."""

"""What should happen: a YAML file becomes a Plan, or errors that name line, column and the mend."""

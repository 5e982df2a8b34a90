"""A recorded release played back: on the release screen, or as text."""

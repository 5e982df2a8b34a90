"""Two releases beside each other, aligned on their stages: last week's and today's."""

"""Pages of people: sign-in, team, audit."""

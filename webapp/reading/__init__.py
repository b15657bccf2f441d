"""How the database is read: one consistent look, whoever writes or replaces it meanwhile."""

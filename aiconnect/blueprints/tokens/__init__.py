"""Access tokens: what programs send to use the models here."""

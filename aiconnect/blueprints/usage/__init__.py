"""What was used: today and this month, by model and by person."""

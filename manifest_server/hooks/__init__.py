"""What has happened told to others: webhooks."""

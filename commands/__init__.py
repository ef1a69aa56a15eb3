"""What a person or a schedule may ask, one file a verb. Each returns a Reply, which is data."""

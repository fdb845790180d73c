"""What runs by itself: writer and watcher (threads), and jobs on a clock."""

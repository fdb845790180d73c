"""The wires of chats, a package per dialect: how programs speak to us, how we speak to providers."""

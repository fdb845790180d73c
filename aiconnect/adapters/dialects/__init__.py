"""The wires of chats, a package per dialect: as programs speak to us, and we to providers."""

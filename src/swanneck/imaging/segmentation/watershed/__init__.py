"""Hills of an image and which of them are one."""

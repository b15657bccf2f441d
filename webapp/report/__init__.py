"""The report of an account over a period as PDF: what it says, its drawings, and the page; set in another process."""

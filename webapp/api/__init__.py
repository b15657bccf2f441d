"""One module an endpoint: what is asked, what is answered. What is computed lies in analysis/."""

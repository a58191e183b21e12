"""`python -m deploy.command …` is `loop4s …`."""

from deploy.command import main

main()

"""`python -P -m screens`: the program, where the command `pithead` is not on the PATH."""

from screens.entry import main

if __name__ == "__main__":
    main()

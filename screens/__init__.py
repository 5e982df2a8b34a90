"""What people see: screens and widgets. They read a release and send commands; they decide nothing."""

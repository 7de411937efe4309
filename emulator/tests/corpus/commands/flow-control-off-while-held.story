# RTS holds the output; then AT&F ends flow control, and what was held goes out.
profile LE20B04SIM7600G22
seed 9002108
line uart AT+IFC=2,;
control line rts off 2s
line uart \r
line uart AT&D&F\r
line uart AT\r

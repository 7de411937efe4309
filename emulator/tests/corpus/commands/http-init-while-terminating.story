# AT+HTTPTERM of a service that was not started, and AT+HTTPINIT on another port before it is over.
profile LE20B05SIM7600G22
seed 1
port modem
send uart AT+HTTPTERM\r
line modem AT+HTTPINIT\r
line uart \r

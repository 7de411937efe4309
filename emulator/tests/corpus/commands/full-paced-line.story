# A paced line that stays full: each byte of it must not cost the length of the line.
profile LE20B04V03SIM7600M22
seed 1
baud 115200
line uart AT+CIPMODE=1\r
line uart AT+NETOPEN\r
wait 2s
line uart AT+CIPOPEN=0,"TCP","many.test",19\r
wait 60s

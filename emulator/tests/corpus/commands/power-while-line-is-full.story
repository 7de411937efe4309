# A paced line that was full when the power went: the modem has to be heard after power-on.
profile LE20B04V03SIM7600M22
seed 1
baud 115200
line uart AT+CIPMODE=1\r
line uart AT+NETOPEN\r
wait 2s
line uart AT+CIPOPEN=0,"TCP","many.test",19\r
wait 5s
control power off
control power on
wait 60s

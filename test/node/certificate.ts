// A certificate that signs itself, for servers of tests: localhost, 127.0.0.1 and api.test. Made by: openssl req -x509 -newkey ec
// -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj '/CN=turnstate test' -addext 'subjectAltName=DNS:localhost,DNS:api.test,IP:127.0.0.1'
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBrzCCAVWgAwIBAgIUXpugY+LcXGRBtd/KrPCjq+Yznu0wCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOdHVybnN0YXRlIHRlc3QwIBcNMjYxMTMwMDI0NDI1WhgPMjEy
NjExMDYwMjQ0MjVaMBkxFzAVBgNVBAMMDnR1cm5zdGF0ZSB0ZXN0MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEuPlaubKzFlM5wJY1K7Yk6Mv+Lcv/Kk7mkk4yfp9V
kbds6HEQH2TVsuNHTm8eGqiG6OgWNJopvS0656Ggpzq84KN5MHcwHQYDVR0OBBYE
FEdJvV+6eDfiwzgKI0lsui8nk2CZMB8GA1UdIwQYMBaAFEdJvV+6eDfiwzgKI0ls
ui8nk2CZMA8GA1UdEwEB/wQFMAMBAf8wJAYDVR0RBB0wG4IJbG9jYWxob3N0gghh
cGkudGVzdIcEfwAAATAKBggqhkjOPQQDAgNIADBFAiEAzJCsGzJLNQ54LgRantS1
j0bDzDZzD0JV/4V+KHoSWF4CIDcUOqyX1nsH4kH/q7yYmQ7xCYeJCQyaSKGpA3bF
pc5H
-----END CERTIFICATE-----`

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbFWN6bOKLjtUv1sy
C7L/bwKxom1X48ZxwImO2gkR2NShRANCAAS4+Vq5srMWUznAljUrtiToy/4ty/8q
TuaSTjJ+n1WRt2zocRAfZNWy40dObx4aqIbo6BY0mim9LTrnoaCnOrzg
-----END PRIVATE KEY-----`

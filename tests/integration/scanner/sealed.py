"""A message with an ARC set that verifies, sealed with a key made for this test; the private half was thrown away.

RFC 8617, relaxed/relaxed. ``OTHER_SET`` is as valid, but not in Cloudflare's name.
"""

_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqfSc78noau0AeZ3LajDa3NiOvuLULGbs4Cxb5EhX4mhOotlNSJ4pTTL/"
    "RLE31DEL1bsO1vD0BJgFMSywA4VmL++0hjF3G/C4CfNGCGlNi2NwRlCKKbSGB7gACvMcNUWBOoC6/D1dw7K5MG6xC5dwE5jLHgIL"
    "4JM5YB4/zq0wk80aHCS64aIQiPf8c8dUeToJoMo8VzT9cKYzYJsZPuWbqtbJ1jpZlpuNFhmy8wH0K9XgbiNenNGsBsrjkYYTMWIx"
    "34bmt9Ce/gUC/gIvnutDNI4/DsVurvGRqAjzAjR2Qo9HIKhnVQolKJb5JNxKlIr2lj4URaPQePapQONq2aALHQIDAQAB"
)
ZONE = "\n".join(
    f'  local-data: \'machiya._domainkey.{domain}. 60 IN TXT "v=DKIM1; k=rsa; " "p={_KEY[:200]}" "{_KEY[200:]}"\''
    for domain in ("cloudflare-email.net", "forwarder.example")
)
CLOUDFLARE_SET = (
    "ARC-Seal: i=1; a=rsa-sha256; s=machiya; d=cloudflare-email.net; cv=none;\r\n"
    "\tb=lQcHkMCezk7g87u1pMnTPFNCcEm/dk+S3T9/4YVw2ObSfD+f6luItliyt9xUTmMaNaEQQSk3\r\n"
    "\tFGTB5iU9tZlioQigm5LORulqGy+3Ct3/7GiYsxr7CEx4on7CYLNr+wQDADHBXfE1Cl7z/jt4\r\n"
    "\ts/XOyC3mlpVmLBuE33wORF7k+lub935NEvf+cui0UiEws2/rD6HEcRtnqOCS6RZlsfwX0Y51\r\n"
    "\t6Nmi+GM2QFJKH4YRIzSlvhvJ+AFwHwDm5/STP3KTLdIkiVTEnOFouy2OIvZLa7eYbzKKKhei\r\n"
    "\tdLpoVbrg+fEJgyTgAtPZB2FP/BUHOE6T2ZgeaG7k26mRkJnrsI2clg==\r\n"
    "ARC-Message-Signature: i=1; a=rsa-sha256; s=machiya; d=cloudflare-email.net; c=relaxed/relaxed;\r\n"
    "\th=from:to:subject:date:message-id;\r\n"
    "\tbh=Svc/7d9kx+hA2gLo/vLwkZ0MSSXRatywn8NfyBY0bn8=;\r\n"
    "\tb=DIDD5QROvoeBhecrRrX1LdW4O7+XSIALYtw0tismmV4+0hTJfebD3ouEgrIMy61YoTFyPiQQ\r\n"
    "\tglhT3QIOXoeXrRfld6gVkQxxBndoEr5IZ68bSJyVITwmlcMFd/aL8fEMmI+ptbhdeNH0n6hA\r\n"
    "\t2stvei5PubTrc5/v7wsBiVUrk0B1VPePMLLgaW1fuElYPUwMF4hBVLhTdzFoYD37QQJAeF8n\r\n"
    "\tFACVaqwrriQOf2AjhMZ6bzCYKU4iP+1ibg2sAaL9CQXGWNHwkn07x0efbJJpFn16RmlNmLOe\r\n"
    "\tTOabSng80g/7NpsP1CVrBJfiQJAUbmmqss/UxZnCpRPT8P2atLDXMQ==\r\n"
    "ARC-Authentication-Results: i=1; mx.cloudflare.net;\r\n"
    "\tdkim=pass header.d=street.example header.s=x header.b=AbCdEf12;\r\n"
    "\tdmarc=pass (p=reject) header.from=street.example;\r\n"
    "\tspf=fail smtp.mailfrom=a@street.example\r\n"
)
OTHER_SET = (
    "ARC-Seal: i=1; a=rsa-sha256; s=machiya; d=forwarder.example; cv=none;\r\n"
    "\tb=Z/j//kSzZYgL4WzMtAzrCJVUeSQtle79lFI+If3kZXYnyPnB+3mY1gv5IabVUnvnxdEkHjUO\r\n"
    "\tD3MwJgNlqRz7WD3geT2YGY/AFecXeHgGFVjigBtxQ95GRu1Gp+FxpVwJodhu/s4wo+s8w0Do\r\n"
    "\tGWeawOxsQjriPPyORfGCEcewm3XxMESG+yGxMv1WbEOidEx0QwrfGHIISvJHtg/UM9yNxJt/\r\n"
    "\tMhR5IKyK516UecSvNvzoQZswdPr0LjZCWlSjIXvTVbsPcMRjaudDQWfN2qPw4xAXfVdQ4aoY\r\n"
    "\t3xRnbPrxdNkgEuXUyjyZP9xKQ6PbQtedvRMwjAZTnk0qrp8DoJVCQA==\r\n"
    "ARC-Message-Signature: i=1; a=rsa-sha256; s=machiya; d=forwarder.example; c=relaxed/relaxed;\r\n"
    "\th=from:to:subject:date:message-id;\r\n"
    "\tbh=Svc/7d9kx+hA2gLo/vLwkZ0MSSXRatywn8NfyBY0bn8=;\r\n"
    "\tb=j+HcNhNhDzIUaN2hVkvdg1RdTJPLWHsneZ7C672tIqFbfloz+leWlr8H3+o4Pg7d6bpx48Qq\r\n"
    "\tVoVXfj5XzKGUk6Jo9v5C4Vm3T+fiaeTz+gCABi2cNIZH+Ir2hZ/a8iMmDzACnyglHM/3W9x9\r\n"
    "\tQzT0io6DtpxHl+XTGO6TFtkVlk8W6D5Re8+zCNHh3GEz5FP4QaZ74DqAlNp5xaPpi2XtHQFf\r\n"
    "\tIO3WvmuHJJaGs7yE4IRFubSCB5QqGaRyfXHsW9MeyoNB1L3OrnzrcZsKJlImpom3F8atJsAV\r\n"
    "\tP5aTak8hA/2gNgij8NzE3d2pUFPNr5sVvFKjRCSBNQMsfeOg1LJBdQ==\r\n"
    "ARC-Authentication-Results: i=1; mx.cloudflare.net;\r\n"
    "\tdkim=pass header.d=street.example header.s=x header.b=AbCdEf12;\r\n"
    "\tdmarc=pass (p=reject) header.from=street.example;\r\n"
    "\tspf=fail smtp.mailfrom=a@street.example\r\n"
)
MESSAGE = (
    "From: Stranger <a@street.example>\r\n"
    "To: taro@house.test\r\n"
    "Subject: a sealed message\r\n"
    "Date: Sat, 28 Nov 2026 10:00:00 +0000\r\n"
    "Message-ID: <sealed@street.example>\r\n"
    "\r\n"
    "Hello,\r\n"
    "\r\n"
    "this is what was sealed.\r\n"
)

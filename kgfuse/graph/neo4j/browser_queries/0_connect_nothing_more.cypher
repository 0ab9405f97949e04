// 0 Once, before the others: draw what a query returns and nothing more
:config autoComplete: false

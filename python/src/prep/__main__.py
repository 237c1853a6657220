from ._prepare import main

main()

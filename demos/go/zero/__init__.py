"""AlphaGo Zero in small (Silver et al. 2017, https://doi.org/10.1038/nature24270): Go without human games.

Reading guide: `settings` holds every choice; `network` says which moves are good and who will win; `search`
looks ahead with it, in many games at once, by the kernels in `trees`; `play` plays those games to their end;
`learn` trains the network on what the search found; `elo` says how strong each generation became.
`demos.go.selfplay` turns them into a loop, `live` into a small one that runs while somebody looks.
"""

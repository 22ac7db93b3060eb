from host import bundle
from IPython.display import display
from ipywidgets import IntSlider, VBox, interactive_output

from awsbook.explore.figure import LIGHT, for_plotly
from awsbook.topics.ebs.views import gp2_burst


def shown(**setting):
    view = gp2_burst(**setting)
    figure = for_plotly(view.figure, LIGHT)
    figure["layout"]["margin"]["t"] = 40
    figure["layout"]["title"] = {"text": view.sentence, "font": {"size": 13}}
    display(bundle(figure), raw=True)


sliders = {
    name: IntSlider(description=made.label, value=made.value, min=made.min, max=made.max, step=made.step)
    for name, made in gp2_burst.controls.items()
}
display(VBox(list(sliders.values())), interactive_output(shown, sliders))

from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "qingxi_office.design"
    label = "design"
    verbose_name = "页面样式"
